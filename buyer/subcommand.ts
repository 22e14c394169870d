import type { Command } from 'commander';
import { type Context, contextFrom } from './context.ts';

/** A command below the program, with what all of them share. */
export const subcommand = (program: Command, name: string): Command =>
  program.command(name).copyInheritedSettings(program);

/** What a command that was called works with. */
export const contextOf = (command: Command): Context => contextFrom(command.optsWithGlobals());
