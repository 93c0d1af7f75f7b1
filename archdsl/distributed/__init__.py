"""Programs that train a network on several devices: pipelines, replicas, shards, towers."""
