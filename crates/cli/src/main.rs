//! The command `batchtasks`: reads the batch tasks of Huawei Cloud IoTDA from a shell.
//!
//! It uses the public API of the library alone.

mod advice;
mod arguments;
mod atomic_file;
mod checkpoints;
mod chunks;
mod closed_stdout;
mod colour;
mod config;
mod connect;
mod console;
mod doctor;
mod exit;
mod export;
mod failures;
mod interrupt;
mod known_words;
mod list;
mod log;
mod opening;
mod output;
mod pages;
mod progress;
mod queries;
mod records;
mod rows;
mod selection;
mod shell;
mod show;
mod simulate;
mod subject;
mod summary;
mod terminal;
mod time_args;
mod watch;

use std::process::ExitCode;

use arguments::{Arguments, Command};
use console::Console;
use exit::Exit;
use interrupt::Interrupt;

fn main() -> ExitCode {
    let Arguments { command, verbose, color } = Arguments::of_process();
    colour::choose(color);
    let console = Console::default();
    log::start(&console, verbose);
    // Fetches continue in the runtime's own threads while this one is blocked by a slow terminal or pipe.
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            console.error(format_args!("the runtime cannot start: {error}"));
            return Exit::Failed.into();
        }
    };
    let exit = runtime.block_on(run(command, &console));
    // Whatever is still under way is of no use any more.
    runtime.shutdown_background();
    exit.into()
}

async fn run(command: Command, console: &Console) -> Exit {
    let interrupt = match Interrupt::listen() {
        Ok(interrupt) => interrupt,
        Err(error) => {
            console.error(format_args!("Ctrl-C cannot be listened for: {error}"));
            return Exit::Failed;
        }
    };
    match command {
        Command::List(arguments) => list::run(*arguments, console, interrupt).await,
        Command::Show(arguments) => show::run(*arguments, console, interrupt).await,
        Command::Failures(arguments) => failures::run(*arguments, console, interrupt).await,
        Command::Watch(arguments) => watch::run(*arguments, console, interrupt).await,
        Command::Summary(arguments) => summary::run(*arguments, console, interrupt).await,
        Command::Export(arguments) => export::run(*arguments, console, interrupt).await,
        Command::Devices(arguments) => rows::run("devices", arguments, console, interrupt).await,
        Command::Products(arguments) => rows::run("products", arguments, console, interrupt).await,
        Command::Groups(arguments) => rows::run("groups", arguments, console, interrupt).await,
        Command::GroupDevices(arguments) => rows::run("group-devices", arguments, console, interrupt).await,
        Command::Packages(arguments) => rows::run("packages", arguments, console, interrupt).await,
        Command::Rules(arguments) => rows::run("rules", arguments, console, interrupt).await,
        Command::Doctor(arguments) => doctor::run(*arguments, console, interrupt).await,
        Command::Config(arguments) => config::run(&arguments, console),
        Command::Simulate(arguments) => simulate::run(*arguments, console, interrupt).await,
        Command::Completions(arguments) => pages::completions(&arguments, console),
        Command::Man(arguments) => pages::man(&arguments, console),
    }
}
