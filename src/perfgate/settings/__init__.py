"""The file, the arguments and the event become one frozen `Settings`: pure, from text and mappings."""
