"""When an offset may be committed: window, position, deduplication, publishing. No Faust."""
