"""`ticketstream capacity`: how many workers, partitions and bytes a load needs."""
