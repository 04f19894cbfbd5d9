//! The options of `config`.

use clap::{Args, ValueEnum};

use super::ScopeArgs;

#[derive(Args)]
#[command(after_help = CONFIG_EXAMPLES, after_long_help = CONFIG_MANUAL)]
pub(crate) struct ConfigArguments {
    #[command(flatten)]
    pub(crate) lists: ScopeArgs,

    /// How to print.
    #[arg(long, short = 'o', default_value = "text", help_heading = "How to print")]
    pub(crate) format: ConfigFormat,
}

const CONFIG_EXAMPLES: &str = "\
Examples:
  batchtasks config
  batchtasks config --profile north,south --format json

The file, and what is in it: batchtasks config --help";

const CONFIG_MANUAL: &str = r#"Examples:
  batchtasks config
  batchtasks config --profile north,south --format json

Prints each value that the same options would read with, and where it comes
from: an option, a profile, a variable, or a default. Without --profile, the
values without a profile, and the names of the profiles that there are.
Secrets are not printed and not read, and nothing is sent.

The file is the one that BATCHTASKS_CONFIG names, else
$XDG_CONFIG_HOME/batchtasks/config.toml, else ~/.config/batchtasks/config.toml:

  [profiles.north]
  endpoint = "https://0123456789.st1.iotda-app.cn-north-4.myhuaweicloud.com"
  project-id = "0123456789abcdef0123456789abcdef"
  ak = { env = "NORTH_AK" }
  sk = { command = ["pass", "show", "iotda/north"] }

  [profiles.north.defaults]
  type = ["softwareUpgrade", "firmwareUpgrade"]
  max-elapsed = "10m"

  [profiles.south]
  region = "cn-south-1"
  token = { file = "~/.secrets/south" }

A profile has the names of the options: endpoint, region, cloud, project-id,
instance-id, auth, token, ak, sk, security-token, ca-cert (a list), client-cert,
client-key, allow-plain-http, insecure; and in its defaults: type (a list),
app-id, page-size, prefetch, timeout, max-elapsed, rate-limit, ask-quota. What
the command line gives wins. token, ak, sk and security-token are references to
a variable, a file or the output of a command; a secret written to the file is
refused. Relative paths start from the folder of the file.

--profile a,b and --all-profiles read several profiles as one list, newest
first, each with its own quota: tables and csv have a column for the profile,
ndjson and json a field "profile". A profile that cannot be read ends alone; it
is named in the end, and the exit code is 1. A checkpoint is of all of them, so
that --resume reads only what is missing.

Exit codes:
  0    the values were printed
  2    an argument or the file is wrong"#;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ConfigFormat {
    /// One line a value, for people
    Text,
    /// One JSON object
    Json,
}
