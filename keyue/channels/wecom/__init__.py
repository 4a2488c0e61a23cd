"""WeCom: messages of colleagues to an application of the company's own, and of customers to WeChat customer service."""
