package archive

// WithSum gives a text the first line that belongs to it.
var WithSum = withSum
