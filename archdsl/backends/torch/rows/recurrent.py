"""PyTorch rows of the kinds in archdsl.ops.recurrent."""
