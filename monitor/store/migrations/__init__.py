"""The steps of the schema, one file a step; run by ``monitor.store.schema`` and never edited once released."""
