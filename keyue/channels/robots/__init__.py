"""Group robots of WeCom, DingTalk and Feishu: notices of the product in the rooms where people are anyway."""
