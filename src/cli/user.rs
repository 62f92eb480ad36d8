//! `tep user`: who may sign in. Whoever can read the data directory needs no password here.

use std::io::{self, BufRead, IsTerminal, Write};

use clap::Subcommand;
use console::Term;
use thiserror::Error;

use crate::security::{Account, Gate, GateError, Role};

/// What to do with the accounts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create an account; asks for its password
    Add {
        /// The name to sign in with
        name: String,
        /// viewer, operator, engineer, maintenance or administrator
        #[arg(long, value_name = "ROLE")]
        role: Role,
        /// Where its password comes from
        #[command(flatten)]
        password: PasswordSource,
    },
    /// List the accounts
    List,
    /// Change a role; who is signed in with the former one must sign in again
    SetRole {
        /// Whose
        name: String,
        /// viewer, operator, engineer, maintenance or administrator
        role: Role,
    },
    /// Close an account and end its sessions; it stays, since the journal names it
    Disable {
        /// Whose
        name: String,
    },
    /// Open a closed account again
    Enable {
        /// Whose
        name: String,
    },
    /// Give an account a new password and end its sessions; asks for it
    ResetPassword {
        /// Whose
        name: String,
        /// Where its password comes from
        #[command(flatten)]
        password: PasswordSource,
    },
}

/// Where a password comes from. Never an argument: those stand in process lists and shell histories.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
}

/// Why an account could not be managed.
#[derive(Debug, Error)]
pub enum UserError {
    /// The gate refuses.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// No password could be read.
    #[error("the password cannot be read")]
    Unreadable(#[source] io::Error),
    /// There is nobody to ask.
    #[error("there is no terminal to ask for a password; pass it with --password-stdin")]
    NoTerminal,
    /// Two different passwords were typed.
    #[error("the two passwords differ; nothing has been changed")]
    Differ,
}

/// Does it, and says so.
///
/// # Errors
/// When the gate refuses, or no password can be read.
pub async fn run(gate: &Gate, command: Command) -> Result<(), UserError> {
    match command {
        Command::Add { name, role, password } => {
            let account = gate.create_user(&name, role, &password.read()?).await?;
            println!("created {} with the role {role}", account.name);
        }
        Command::List => print!("{}", table(&gate.users().await?)),
        Command::SetRole { name, role } => {
            gate.set_role(&name, role).await?;
            println!("{name} has the role {role} now");
        }
        Command::Disable { name } => {
            gate.set_disabled(&name, true).await?;
            println!("{name} cannot sign in any more");
        }
        Command::Enable { name } => {
            gate.set_disabled(&name, false).await?;
            println!("{name} can sign in again");
        }
        Command::ResetPassword { name, password } => {
            gate.reset_password(&name, &password.read()?).await?;
            println!("{name} has a new password");
        }
    }
    Ok(())
}

impl PasswordSource {
    fn read(self) -> Result<String, UserError> {
        if self.password_stdin {
            return first_line(&mut io::stdin().lock()).map_err(UserError::Unreadable);
        }
        let terminal = Term::stderr();
        if !terminal.is_term() || !io::stdin().is_terminal() {
            return Err(UserError::NoTerminal);
        }
        let once = ask(&terminal, "Password: ").map_err(UserError::Unreadable)?;
        let again = ask(&terminal, "Once more: ").map_err(UserError::Unreadable)?;
        if once == again { Ok(once) } else { Err(UserError::Differ) }
    }
}

fn ask(mut terminal: &Term, question: &str) -> io::Result<String> {
    write!(terminal, "{question}")?;
    terminal.read_secure_line()
}

/// The line without its end; blanks may belong to a password.
fn first_line(input: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// The accounts as columns.
fn table(accounts: &[Account]) -> String {
    let width = accounts.iter().map(|account| account.name.len()).max().unwrap_or(0).max("NAME".len());
    let mut text = format!("{:width$}  {:13}  {:8}  CREATED\n", "NAME", "ROLE", "STATE");
    for Account { name, role, disabled, created_at, .. } in accounts {
        let state = if *disabled { "disabled" } else { "open" };
        text += &format!("{name:width$}  {:13}  {state:8}  {created_at}\n", role.as_str());
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::domain::WallTime;
    use crate::security::UserId;

    #[derive(Parser)]
    struct Arguments {
        #[command(subcommand)]
        command: Command,
    }

    fn parsed(line: &str) -> Result<Command, String> {
        Arguments::try_parse_from(line.split(' ')).map(|a| a.command).map_err(|e| e.to_string())
    }

    #[test]
    fn a_password_is_never_an_argument() {
        assert!(parsed("user add olga --role operator --password-stdin").is_ok());
        assert!(parsed("user add olga secret --role operator").is_err());
        assert!(parsed("user add olga --role operator --password secret").is_err());
        assert!(parsed("user reset-password olga secret").is_err());
    }

    #[test]
    fn an_unknown_role_is_named_with_those_that_exist() {
        let problem = parsed("user set-role olga root").unwrap_err();
        assert!(problem.contains("unknown role `root`; the roles are viewer, operator"), "{problem}");
        assert!(parsed("user set-role olga engineer").is_ok());
    }

    #[test]
    fn a_password_is_the_first_line_with_its_blanks() {
        let check = |input: &str, expected: &str| {
            assert_eq!(first_line(&mut input.as_bytes()).unwrap(), expected, "{input:?}");
        };
        check(" copper ladder \nsecond line\n", " copper ladder ");
        check("copper ladder\r\n", "copper ladder");
        check("copper ladder", "copper ladder");
        check("", "");
    }

    #[test]
    fn accounts_are_listed_without_their_hashes() {
        let at = WallTime::from_micros(1_800_000_000_000_000);
        let account = |name: &str, role, disabled| Account {
            id: UserId::new(at),
            name: name.into(),
            role,
            disabled,
            password_hash: "$argon2id$secret".into(),
            created_at: at,
        };
        let listed = table(&[account("ada", Role::Administrator, false), account("olga.berg", Role::Operator, true)]);
        assert_eq!(
            listed,
            "NAME       ROLE           STATE     CREATED\n\
             ada        administrator  open      2027-01-15T08:00:00.000Z\n\
             olga.berg  operator       disabled  2027-01-15T08:00:00.000Z\n"
        );
    }
}
