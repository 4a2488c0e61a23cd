"""Short messages: by Aliyun, Tencent Cloud, or any gateway that takes an HTTP request."""
