//! Who asks: credentials, and the headers that prove it. Knows keys, tokens and the rules of signing; knows nothing of
//! pages, retries or tasks.

mod signing;
