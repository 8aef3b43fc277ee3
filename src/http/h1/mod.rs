//! HTTP/1.1 heads: strict parsing on httparse, and writing from parsed values.
