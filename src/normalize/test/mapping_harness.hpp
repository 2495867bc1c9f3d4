// Rows in, derived fields out: what the tests of mappings share.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "vedette/base/files.hpp"
#include "vedette/normalize/mapping.hpp"

namespace vedette::normalize {

using Fields = std::map<std::string, std::string>;  // name to JSON
using Given = std::vector<std::pair<std::string, model::Value>>;

inline model::Value text(std::string_view value) {
  return model::Value::string(value);
}

struct Mapped {
  Fields fields;
  base::TimeNs time = 0;
};

inline Mapped map_row(const MappingSet& set, const Given& given, base::TimeNs time = 0) {
  model::BatchBuilder builder(std::make_shared<model::Source>());
  builder.begin_row(1);
  for (const auto& [name, value] : given) builder.add(model::intern(name), value);
  builder.set_time(time);
  set.apply(builder);
  builder.end_row();
  const auto batch = builder.finish();
  Mapped mapped;
  mapped.time = (*batch)[0].time();
  for (const model::Cell& cell : (*batch)[0].cells()) {
    std::string json;
    append_json(json, cell.value);
    mapped.fields[std::string(model::name_of(cell.field))] = json;
  }
  return mapped;
}

struct Loaded {
  std::unique_ptr<MappingSet> set;
  base::Diagnostics diagnostics;
};

inline Loaded load_mapping(std::string_view yaml) {
  static constexpr std::string_view kTypes = R"(
types:
  "@timestamp": date
  message: match_only_text
  event.action: keyword
  event.category: keyword[]
  event.outcome: keyword
  event.start: date
  event.duration: long
  event.severity: long
  source.ip: ip
  source.address: keyword
  source.domain: keyword
  source.port: long
  source.mac: keyword
  host.ip: ip[]
  user.name: keyword
  user.domain: keyword
  user.target.name: keyword
  user.roles: keyword[]
  process.pid: long
  process.name: keyword
  process.executable: keyword
  process.command_line: wildcard
  process.args: keyword[]
  process.args_count: long
  process.hash.md5: keyword
  process.hash.sha1: keyword
  process.hash.sha256: keyword
  process.pe.imphash: keyword
  process.interactive: boolean
  file.path: keyword
  file.name: keyword
  file.directory: keyword
  file.extension: keyword
  file.drive_letter: keyword
  registry.path: keyword
  registry.hive: keyword
  registry.key: keyword
  registry.value: keyword
  dns.answers.data: keyword
  dns.answers.type: keyword
  dns.resolved_ip: ip[]
  url.original: wildcard
  url.full: wildcard
  url.scheme: keyword
  url.username: keyword
  url.domain: keyword
  url.port: long
  url.path: wildcard
  url.query: keyword
  url.fragment: keyword
  url.extension: keyword
  vulnerability.score.base: float
  related.ip: ip[]
  related.user: keyword[]
related:
  related.ip: [source.ip, host.ip]
  related.user: [user.name, user.target.name]
)";
  Loaded loaded;
  loaded.set = MappingSet::load({{"types.yml", kTypes}, {"test.yml", yaml}}, loaded.diagnostics);
  return loaded;
}

// The mappings that ship.
inline Loaded load_shipped() {
  Loaded loaded;
  const auto names = base::list_files("content/mappings", {".yml"});
  std::vector<std::string> texts;
  std::vector<MappingFile> files;
  if (!names.ok()) return loaded;
  for (const std::string& name : names.value()) texts.push_back(base::read_file(name).value());
  for (std::size_t i = 0; i < texts.size(); ++i) files.push_back({names.value()[i], texts[i]});
  loaded.set = MappingSet::load(files, loaded.diagnostics);
  return loaded;
}

}  // namespace vedette::normalize
