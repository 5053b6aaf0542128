"""The same questions asked of seaglass and of the graph databases that people could pick instead."""
