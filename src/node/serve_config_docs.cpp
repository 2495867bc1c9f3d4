#include "vedette/ingest/listener.hpp"
#include "vedette/node/serve_config.hpp"

namespace vedette::node {
namespace {

constexpr std::string_view kConfigIntroduction = R"(# Configuration

<!-- Made by `vedette config docs`. -->

`vedette serve` needs no configuration. What is to differ from the defaults stands in one YAML file and in environment
variables; the environment wins.

- **The file** is the one named with `--config`, else `$VEDETTE_CONFIG`, else `vedette.yaml` in the working folder, else
  `/etc/vedette/vedette.yaml`, else none. A commented example: [deploy/vedette.yaml](../deploy/vedette.yaml).
- **Variables**: `VEDETTE__A__B` sets `a.b`; two underscores divide the parts, in any case of letters. A list of texts is
  divided by commas. `VEDETTE__A__0__B` sets `b` of the first item of a list of sections; items can be added behind those of
  the file.
- **Secrets from files**: `VEDETTE__A__B_FILE` names a file whose text, without the line end, is the value of `a.b`. It works
  for every key, and is meant for secrets. A file that others than its owner may read is warned of.
- **Bytes** are written as `64MiB`, `10GB` or `4096`; **durations** as `250ms`, `30s`, `5m`, `12h`, `7d`, `2w`.
- An unknown key, a wrong type, a value out of bounds and a key given twice are errors, with line and column and the nearest
  known key; `vedette serve` does not start with them.

`vedette config check` tells what is wrong, `vedette config print` prints all values as they are in force (secrets masked),
and `vedette config schema` a JSON Schema for editors: save it as `vedette.schema.json`, and begin the file with
`# yaml-language-server: $schema=vedette.schema.json`.
)";

// A table with the full names of keys below `listeners.<name>`.
std::string listener_table(const std::string& name, std::vector<base::ConfigKey> keys) {
  base::ConfigKey listener{.name = name, .type = base::ConfigType::section, .members = std::move(keys)};
  return base::config_markdown({base::ConfigKey{
      .name = "listeners", .type = base::ConfigType::section, .members = {std::move(listener)}}});
}

// What all have stands there once.
void append_listener_docs(std::string& out) {
  ingest::ListenerInfo common;
  common.default_listen = "...";
  out +=
      "\n### Keys of all listeners\n\nThose of addresses, connections and encryption only where it listens "
      "on the "
      "network.\n\n";
  out += listener_table("NAME", ingest::listener_keys(common));
  for (const ingest::ListenerInfo& info : ingest::all_listeners()) {
    out += "\n### listeners." + info.name + "\n\n" + info.title + ". " + info.summary;
    if (info.network)
      out += " It listens on `" + info.default_listen + "`" + (info.has_tls ? "." : ", without TLS.");
    out += info.network ? "\n" : " It does not run unless `enabled` is true.\n";
    if (!info.options.empty()) out += "\n" + listener_table(info.name, info.options);
  }
}

void append_docs_section(std::string& out, const base::ConfigKey& key) {
  out += "\n## " + key.name + "\n\n" + key.summary + "\n";
  if (key.name == "listeners") return append_listener_docs(out);
  base::ConfigKey table = key;
  table.summary.clear();
  out += "\n" + base::config_markdown({table});
}

}  // namespace

std::string serve_config_docs() {
  std::string out(kConfigIntroduction);
  for (const base::ConfigKey& key : serve_schema()) append_docs_section(out, key);
  return out;
}

}  // namespace vedette::node
