// audit list, export, verify: who did what, from a data folder.

#include "vedette/node/audit.hpp"

#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"
#include "vedette/node/records.hpp"

namespace vedette::cli {
namespace {

using ports::ColumnTest;

constexpr std::string_view kListName = "audit list";
constexpr std::string_view kExportName = "audit export";
constexpr std::string_view kVerifyName = "audit verify";
constexpr std::uint32_t kPage = 1'000;

base::Result<ports::RecordQuery> list_query(const Args& args) {
  ports::RecordQuery query;
  query.collection = node::audit_collection();
  query.descending = true;
  const auto test = [&](std::string column, ColumnTest::Op op, ports::ColumnValue value) {
    query.tests.push_back({std::move(column), op, {std::move(value)}});
  };
  for (const auto& [option, column] :
       {std::pair("--actor", "actor_id"), std::pair("--action", "action"), std::pair("--target", "target"),
        std::pair("--outcome", "outcome"), std::pair("--tenant", "tenant")}) {
    if (args.has(option)) test(column, ColumnTest::Op::equals, args.get(option));
  }
  TRY_ASSIGN(const model::TimeRange range, time_range(args));
  if (args.has("--from")) test("time", ColumnTest::Op::at_least, range.from);
  if (args.has("--to")) test("time", ColumnTest::Op::less, range.to);
  return query;
}

int run_list(const Args& args) {
  if (!args.positional().empty()) return trouble(kListName, "wrong arguments; see vedette audit list --help");
  auto query = list_query(args);
  if (!query) return trouble(kListName, query.error().message);
  const auto limit = count_option(args, "--limit", "100");
  if (!limit) return trouble(kListName, limit.error().message);
  const auto records = node::open_records(data_options(args).folder);
  if (!records) return trouble(kListName, records.error().message);
  for (std::uint64_t left = *limit; left > 0;) {
    query->limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(left, kPage));
    const auto page = (*records)->find(*query);
    if (!page) return trouble(kListName, page.error().message);
    for (const ports::StoredRecord& record : page->records) {
      print(stdout, (args.has("--json") ? record.document : node::audit_text(record)) + "\n");
    }
    left -= std::min<std::uint64_t>(left, page->records.size());
    if (page->next.empty()) break;
    query->after = page->next;
  }
  return kExitClean;
}

int run_export(const Args& args) {
  if (args.positional().size() > 1) {
    return trouble(kExportName, "wrong arguments; see vedette audit export --help");
  }
  const auto records = node::open_records(data_options(args).folder);
  if (!records) return trouble(kExportName, records.error().message);
  std::unique_ptr<std::FILE, FileCloser> file;
  if (!args.positional().empty() && args.positional()[0] != "-") {
    file.reset(std::fopen(args.positional()[0].c_str(), "wb"));
    if (!file) return trouble(kExportName, "cannot write " + args.positional()[0]);
  }
  std::FILE* const out = file ? file.get() : stdout;
  ports::RecordQuery query;
  query.collection = node::audit_collection();
  query.limit = kPage;
  std::uint64_t entries = 0;
  do {
    const auto page = (*records)->find(query);
    if (!page) return trouble(kExportName, page.error().message);
    for (const ports::StoredRecord& record : page->records) print(out, record.document + "\n");
    entries += page->records.size();
    query.after = page->next;
  } while (!query.after.empty() && !std::ferror(out));
  if (std::fflush(out) != 0 || std::ferror(out)) {
    return trouble(kExportName, "cannot write: output closed or disk full");
  }
  print(stderr, fmt::format("{} entries exported\n", entries));
  return kExitClean;
}

int run_verify(const Args& args) {
  if (!args.positional().empty()) {
    return trouble(kVerifyName, "wrong arguments; see vedette audit verify --help");
  }
  const auto check =
      node::check_audit(data_options(args).folder, args.get("--anchors"), args.get("--anchor"));
  if (!check) return trouble(kVerifyName, check.error().message);
  for (const std::string& fault : check->faults) print(stdout, base::escape_control(fault) + "\n");
  print(stdout, fmt::format("{} entries checked, {} faults; the newest has the hash {}\n", check->entries,
                            check->faults.size(), base::escape_control(check->head)));
  return check->faults.empty() ? kExitClean : kExitFindings;
}

}  // namespace

const CommandSpec& audit_list_command() {
  static const CommandSpec command{kListName,
                                   "[options]",
                                   "list who did what, newest first",
                                   "Reads the data folder, also while a node runs on it.",
                                   {kDataOption,
                                    {"--from", "TIME", "from this time on (2026-11-03, a date-time, or 24h)"},
                                    {"--to", "TIME", "up to this time"},
                                    {"--actor", "ID", "what this user did"},
                                    {"--action", "NAME", "such as auth.sign_in"},
                                    {"--target", "NAME", "what was done to this, such as rules/3f2a"},
                                    {"--outcome", "NAME", "success, denied or failure"},
                                    {"--tenant", "NAME", "of this tenant"},
                                    {"--limit", "N", "so many at most (default: 100)"},
                                    {"--json", "", "the whole entries, one a line"}},
                                   run_list};
  return command;
}

const CommandSpec& audit_export_command() {
  static const CommandSpec command{kExportName,
                                   "[options] [FILE]",
                                   "write the whole audit log, an entry a line, oldest first",
                                   "To FILE or the standard output, in the form of docs/formats/audit.md, "
                                   "which anyone can verify.",
                                   {kDataOption},
                                   run_export};
  return command;
}

const CommandSpec& audit_verify_command() {
  static const CommandSpec command{
      kVerifyName,
      "[options]",
      "check that no entry was changed, removed, reordered or added",
      "Reads the whole chain, also while a node runs. Whoever can write to the data folder can make chain "
      "and\n"
      "anchors anew: keep a copy of audit.anchors, or of an export's last line, elsewhere and give it.\n"
      "Exit code: 0 intact, 1 faults, 2 trouble.",
      {kDataOption,
       {"--anchors", "FILE", "anchors to compare with (default: audit.anchors in the data folder)"},
       {"--anchor", "TEXT", "a line of anchors, an exported line or a hash that must be in the chain"}},
      run_verify};
  return command;
}

}  // namespace vedette::cli
