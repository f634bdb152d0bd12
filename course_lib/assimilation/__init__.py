"""Data assimilation: from the best linear estimate to networks that filter."""
