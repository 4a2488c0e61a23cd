"""What people write where everybody reads it: reviews of shops, by file or by interface, Weibo and Douyin."""
