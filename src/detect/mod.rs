//! Charts that turn samples into verdicts; pure, with time passed in.
