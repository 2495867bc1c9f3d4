// Files and folders that are followed.
#include "listeners/listener_keys.hpp"
#include "listeners/listeners.hpp"
#include "listeners/message_session.hpp"
#include "listeners/tailer.hpp"

namespace vedette::ingest {
namespace {

using base::ConfigType;

TailInput tail_input(const base::ConfigSection& config, std::size_t max_event_bytes) {
  TailInput input;
  input.paths = config.texts("paths");
  input.exclude = config.texts("exclude");
  input.format = config.text("format");
  input.start_at_end = config.text("start_at") == "end";
  input.ignore_older = std::chrono::seconds{config.duration("ignore_older") / base::kNsPerSecond};
  const std::string& join = config.text("multiline");
  input.rules.join = join == "indent"    ? LineRules::Join::indent
                     : join == "pattern" ? LineRules::Join::pattern
                                         : LineRules::Join::none;
  input.rules.pattern = config.text("multiline_pattern");
  input.rules.max_bytes = max_event_bytes;
  return input;
}

class FilesListener final : public Listener {
 public:
  FilesListener(const ListenerContext& context, const base::ConfigSection& config)
      : outbox_(std::make_shared<Outbox>(context.intake, timers_of(context.io), OutboxOptions{})),
        options_(options_of(context, config)),
        tailer_(options_, context.intake, context.metrics, context.log, outbox_) {}

  base::Status start() override {
    for (const auto& input : options_.inputs) {
      if (input.paths.empty()) {
        return base::make_error(base::ErrorCode::invalid_argument,
                                "an input of listeners.files without paths");
      }
    }
    return tailer_.start();
  }
  void drain(std::chrono::milliseconds deadline) override { tailer_.drain(deadline); }
  std::string where() const override {
    std::string text;
    for (const auto& input : options_.inputs) {
      for (const auto& path : input.paths) text += (text.empty() ? "" : ", ") + path;
    }
    return text;
  }

 private:
  static TailerOptions options_of(const ListenerContext& context, const base::ConfigSection& config) {
    TailerOptions options;
    for (const auto& input : config.sections("inputs")) {
      options.inputs.push_back(tail_input(input, config.bytes("max_event_bytes")));
    }
    options.state_folder = context.state_folder;
    options.max_events_per_second = static_cast<std::uint64_t>(config.integer("max_events_per_second"));
    options.poll_interval = std::chrono::milliseconds{config.duration("poll_interval") / base::kNsPerMs};
    options.partial_line_after =
        std::chrono::milliseconds{config.duration("partial_line_after") / base::kNsPerMs};
    return options;
  }

  const std::shared_ptr<Outbox> outbox_;
  const TailerOptions options_;
  Tailer tailer_;
};

base::ConfigKey input_keys() {
  auto start = listener_key("start_at", ConfigType::text, "beginning",
                            "Where files are begun that are there at the very first start.");
  start.choices = {"beginning", "end"};
  auto join = listener_key("multiline", ConfigType::text, "none",
                           "Which lines go on with the one before: none, indented ones, or those that do not "
                           "match multiline_pattern.");
  join.choices = {"none", "indent", "pattern"};
  auto inputs = listener_key("inputs", ConfigType::sections, "",
                             "What is followed; the first that names a file holds.");
  auto paths = listener_key("paths", ConfigType::texts, "",
                            "Files, folders (all below) and patterns with *, ?, [a-z] and ** (any folders).");
  paths.required = true;
  inputs.members = {
      paths,
      listener_key("exclude", ConfigType::texts, "", "Patterns of paths, or of names, that are left out."),
      format_key("auto"),
      start,
      listener_key("ignore_older", ConfigType::duration, "0s",
                   "Files not written for so long are not read, only what is added later; 0s: all are."),
      join,
      listener_key("multiline_pattern", ConfigType::text, "",
                   "RE2 expression that the first line of an event matches."),
  };
  return inputs;
}

}  // namespace

ListenerInfo files_listener() {
  ListenerInfo info;
  info.name = "files";
  info.title = "Files";
  info.summary =
      "Follows files and folders through rotation and truncation, and reads compressed and EVTX files.";
  info.network = false;
  info.has_tls = false;
  auto poll = listener_key("poll_interval", ConfigType::duration, "1s",
                           "How often files are looked for, beside what the system tells.");
  poll.min = 10 * base::kNsPerMs;
  poll.max = 3600 * base::kNsPerSecond;
  info.options = {
      input_keys(),
      poll,
      listener_key("partial_line_after", ConfigType::duration, "30s",
                   "A last line without its end is taken after so long."),
  };
  info.make = [](const ListenerContext& context,
                 const base::ConfigSection& config) -> std::unique_ptr<Listener> {
    return std::make_unique<FilesListener>(context, config);
  };
  return info;
}

}  // namespace vedette::ingest
