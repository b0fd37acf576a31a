"""Files too large to be held at once → slices that go through the pipeline one after another. Called by `loaders.run`.

A batch of many slices is the same batch: each slice is merged with what the slices before it left, exactly as a batch
is with the batches before it, and all become visible together. `opened` knows how a file is read in pieces, `shares`
which rows must stay in one slice, `plan` puts slices together.
"""
