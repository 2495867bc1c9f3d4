// report: the report of an incident, of a server.
#include <fmt/format.h>

#include "console.hpp"
#include "data_options.hpp"
#include "server_options.hpp"
#include "vedette/base/files.hpp"
#include "vedette/base/text.hpp"
#include "vedette/cli/cli.hpp"

namespace vedette::cli {
namespace {

constexpr std::string_view kReportName = "report";

base::Result<std::string> report_path(const Args& args) {
  const auto refuse = [](std::string message) {
    return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
  };
  if (args.positional().size() != 1) return refuse("needs the ID of one incident");
  const std::string format = args.get("--format", "html");
  const std::string incident = "/incidents/" + node::url_encoded(args.positional()[0]);
  if (format == "stix") return incident + "/stix";
  if (format != "html" && format != "markdown") return refuse("--format is html, markdown or stix");
  return incident + "/report?format=" + format;
}

base::Status write_report(const Args& args) {
  TRY_ASSIGN(const std::string path, report_path(args));
  TRY_ASSIGN(node::RemoteServer server, connect(args));
  TRY_ASSIGN(const node::RemoteAnswer answer, server.get(path));
  const std::string file = args.get("-o");
  if (file.empty()) {
    print(stdout, answer.body);
    return base::ok_status();
  }
  // What incidents tell is for few.
  return base::write_file_atomically(file, answer.body, base::FileAccess::owner);
}

}  // namespace

const CommandSpec& report_command() {
  static const CommandSpec command{
      kReportName,
      "INCIDENT [options]",
      "the report of an incident of a server, or its STIX bundle",
      "vedette report inc-00a1b2c3d4e5f607 -o report.html\nExit code: 0 written, 2 not.",
      {{"--format", "html|markdown|stix", "what to write (default: html)"},
       {"-o", "FILE", "write to this file, for its owner alone (default: standard output)"},
       kServerOption},
      [](const Args& args) {
        const base::Status written = write_report(args);
        return written.ok() ? kExitClean : trouble(kReportName, written.error().message);
      }};
  return command;
}

}  // namespace vedette::cli
