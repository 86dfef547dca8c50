// The search page: the reader came to type.
const field = document.querySelector("form.bd-search input");
field?.focus();
field?.select();
