"""What we change in Faust's and aiokafka's private parts; the only imports of faust and mode."""
