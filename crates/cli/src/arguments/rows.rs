//! The options of the other lists: devices, products and so on.

use clap::{Args, Subcommand};
use iotda_batch_tasks::lists::{Device, DeviceGroup, GroupDevice, OtaPackage, Product, Rule};

use super::read::{id, trimmed};
use super::{Connection, OutArgs, Pace, PrintArgs};
use crate::output::Shown;
use crate::time_args::{self, TimeArg};

/// What can be done with a list.
#[derive(Args)]
pub(crate) struct RowsArguments<R: Shown, F: Args> {
    #[command(subcommand)]
    pub(crate) command: RowsCommand<R, F>,
}

#[derive(Subcommand)]
pub(crate) enum RowsCommand<R: Shown, F: Args> {
    /// Print the list.
    List(Box<RowsList<R, F>>),
    /// Write the list to a file, which is complete in the end however often the command is stopped.
    Export(Box<RowsExport<R, F>>),
}

#[derive(Args)]
#[command(after_help = ROWS_HELP)]
pub(crate) struct RowsList<R: Shown, F: Args> {
    #[command(flatten)]
    pub(crate) filters: F,
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) print: PrintArgs<R>,
}

#[derive(Args)]
#[command(after_help = ROWS_HELP)]
pub(crate) struct RowsExport<R: Shown, F: Args> {
    #[command(flatten)]
    pub(crate) filters: F,
    #[command(flatten)]
    pub(crate) connection: Connection,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) out: OutArgs<R>,
}

const ROWS_HELP: &str = "\
Formats, checkpoints, files and exit codes are those of batchtasks list --help and
batchtasks export --help. Columns of csv are the fields of the record: a list of texts
and a part with fields are JSON.";

#[derive(Args, Clone)]
pub(crate) struct OfApp {
    /// Only what belongs to this resource space.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) app_id: Option<String>,
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Which devices")]
pub(crate) struct DeviceFilters {
    /// Only devices of this product.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) product_id: Option<String>,

    /// Only devices that are reached through this gateway.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) gateway_id: Option<String>,

    /// With --gateway-id: devices under other devices count as well.
    #[arg(long, requires = "gateway_id")]
    pub(crate) cascade: bool,

    /// Only devices with this identifier, which their owner chose.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) node_id: Option<String>,

    /// Only devices of this name.
    #[arg(long, value_name = "NAME", value_parser = trimmed)]
    pub(crate) name: Option<String>,

    /// Only devices registered at this time or later: 7d, 12h (so long ago), 2026-11-15, 2026-11-15T08:30:00Z.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::time)]
    pub(crate) created_after: Option<TimeArg>,

    /// Only devices registered at this time or earlier.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::time)]
    pub(crate) created_before: Option<TimeArg>,

    #[command(flatten)]
    pub(crate) of: OfApp,
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Which products")]
pub(crate) struct ProductFilters {
    /// Only products of this name.
    #[arg(long, value_name = "NAME", value_parser = trimmed)]
    pub(crate) name: Option<String>,

    #[command(flatten)]
    pub(crate) of: OfApp,
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Which groups")]
pub(crate) struct GroupFilters {
    /// Only groups of this name.
    #[arg(long, value_name = "NAME", value_parser = trimmed)]
    pub(crate) name: Option<String>,

    /// Only groups of this type: STATIC or DYNAMIC.
    #[arg(long, value_name = "TYPE", value_parser = trimmed)]
    pub(crate) group_type: Option<String>,

    /// Only groups changed since this time: 7d, 12h (so long ago), 2026-11-15, 2026-11-15T08:30:00Z.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true, value_parser = time_args::time)]
    pub(crate) modified_after: Option<TimeArg>,

    #[command(flatten)]
    pub(crate) of: OfApp,
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Which devices")]
pub(crate) struct GroupDeviceFilters {
    /// The group whose devices are read.
    #[arg(value_parser = id)]
    pub(crate) group_id: String,
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Which packages")]
pub(crate) struct PackageFilters {
    /// Only packages of this type: softwarePackage or firmwarePackage. The service's page says that it wants one.
    #[arg(long, value_name = "TYPE", value_parser = trimmed)]
    pub(crate) package_type: Option<String>,

    /// Only packages for devices of this product.
    #[arg(long, value_name = "ID", value_parser = trimmed)]
    pub(crate) product_id: Option<String>,

    /// Only packages that bring this version.
    #[arg(long = "package-version", value_name = "VERSION", value_parser = trimmed)]
    pub(crate) package_version: Option<String>,

    #[command(flatten)]
    pub(crate) of: OfApp,
}

#[derive(Args, Clone)]
#[command(next_help_heading = "Which rules")]
pub(crate) struct RuleFilters {
    /// Only rules of this kind: DEVICE_LINKAGE, say.
    #[arg(long, value_name = "TYPE", value_parser = trimmed)]
    pub(crate) rule_type: Option<String>,

    #[command(flatten)]
    pub(crate) of: OfApp,
}

pub(crate) type DevicesArguments = RowsArguments<Device, DeviceFilters>;
pub(crate) type ProductsArguments = RowsArguments<Product, ProductFilters>;
pub(crate) type GroupsArguments = RowsArguments<DeviceGroup, GroupFilters>;
pub(crate) type GroupDevicesArguments = RowsArguments<GroupDevice, GroupDeviceFilters>;
pub(crate) type PackagesArguments = RowsArguments<OtaPackage, PackageFilters>;
pub(crate) type RulesArguments = RowsArguments<Rule, RuleFilters>;
