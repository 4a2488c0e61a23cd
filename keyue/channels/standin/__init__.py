"""A stand-in for platforms that cannot be reached from here: it speaks their protocol on a port of this machine, so that a
channel can be tried without an account. The tests use it too."""
