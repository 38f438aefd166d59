"""IDX files: read, found, downloaded, split and cut into batches; pictures, brought into their form."""
