#include "vedette/node/dead_letters.hpp"

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "interrupt.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kReplayName = "dead-letters replay";

int run_replay(const Args& args) {
  auto data = node::DataFolder::open(data_options(args));
  if (!data) return trouble(kReplayName, data.error().message);
  const auto totals = node::replay_dead_letters(**data, args.has("--dry-run"), interrupt_token());
  const base::Status stopped = (*data)->stop();
  if (!totals) return trouble(kReplayName, totals.error().message);
  print(stdout,
        fmt::format("{} dead letters: {} {}, {} replayed before, {} still cannot be parsed, {} were cut\n",
                    totals->examined, totals->replayed, args.has("--dry-run") ? "would be stored" : "stored",
                    totals->before, totals->failing, totals->cut));
  if (!stopped.ok()) return trouble(kReplayName, stopped.error().message);
  return totals->failing + totals->cut == 0 ? kExitClean : kExitFindings;
}

}  // namespace

const CommandSpec& dead_letters_replay_command() {
  static const CommandSpec command{
      kReplayName,
      "[options]",
      "parse again what could not be parsed, with the formats and mappings of this version",
      "Dead letters: vedette search 'vedette.dead_letter.format: *'. They stay; what parses now is stored "
      "beside\n"
      "them, once. Not while a node runs on the folder. Exit code: 0 all, 1 some still fail, 2 trouble.",
      {kDataOption, {"--dry-run", "", "only say how many would parse"}},
      run_replay};
  return command;
}

}  // namespace vedette::cli
