#include "rule_options.hpp"

#include "vedette/base/text.hpp"

namespace vedette::cli {

base::Result<node::RuleSelection> rule_selection(const Args& args) {
  node::RuleSelection selection;
  selection.folders = args.all("--rules");
  selection.placeholder_files = args.all("--placeholders");
  selection.tags = args.all("--tag");
  if (args.has("--min-level") && !model::parse_level(args.get("--min-level"), selection.min_level)) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            "'" + base::escape_control(args.get("--min-level")) +
                                "' is no level: informational, low, medium, high or critical");
  }
  for (const std::string& name : args.all("--status")) {
    model::RuleStatus status{};
    if (!model::parse_status(name, status)) {
      return base::make_error(base::ErrorCode::invalid_argument,
                              "'" + base::escape_control(name) +
                                  "' is no status: stable, test, experimental, deprecated or unsupported");
    }
    selection.statuses.push_back(status);
  }
  return selection;
}

}  // namespace vedette::cli
