"""`keyue bench`: the product's speed, as ratios measured in one run on data of its own."""
