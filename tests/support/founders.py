"""Who a company names at its first run, for the tests that go through it by requests and by clicks."""

PASSWORDS = {
    "system": "Rk7#tolmun-42x",
    "security": "Wq9=pemdor-71z",
    "audit": "Hx5+gurlan-63y",
    "quality": "Bn3%vostek8",
}
NAMES = {
    "system": ("秦系安", "sys"),
    "security": ("安守拙", "sec"),
    "audit": ("计明理", "aud"),
    "quality": ("支若兰", "zhi"),
}
