// Compiles mapping documents to a Program, with a diagnostic for everything that is wrong.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/ecs_types.hpp"
#include "mapping/program.hpp"
#include "vedette/base/diagnostic.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::normalize {

class Compiler {
 public:
  Compiler(const EcsTypes& types, base::Diagnostics& diagnostics);

  // Adds the mapping of one document; leaves it out if it has an error.
  void add(const base::YamlNode& document, const std::string& file);
  Program finish();

 private:
  void error(const base::YamlNode& at, std::string code, std::string message, std::string help = {});
  // Reports keys of `node` that are not in `known`.
  void check_keys(const base::YamlNode& node, const std::vector<std::string_view>& known,
                  std::string_view what);

  Slot slot(std::string_view name);
  // Reports unknown names unless `optional`, which leaves slot kNoSlot.
  Target target(std::string_view name, const base::YamlNode& at, bool optional = false);

  std::vector<Alternative> when(const base::YamlNode& node);
  Alternative alternative(const base::YamlNode& node);
  Block block(const base::YamlNode& node, int depth, bool top);
  void block_fields(const base::YamlNode& node, Block& block);
  void block_builds(const base::YamlNode& node, Block& block);
  std::vector<std::pair<std::string, Slot>> build_pieces(std::string_view text);
  void block_sets(const base::YamlNode& node, Block& block);
  Case field_case(const base::YamlNode& name, const base::YamlNode& node, int depth);
  void case_key(const base::YamlNode& key, std::uint32_t block, Case& result);

  std::vector<Item> items(const base::YamlNode& node, int depth);
  Item item(const base::YamlNode& node, int depth);
  void item_conversions(const base::YamlNode& node, Item& item);
  void item_capture(const base::YamlNode& node, int depth, Item& item);
  void item_map(const base::YamlNode& node, Item& item);
  void item_pairs(const base::YamlNode& node, int depth, Item& item);
  void item_targets(const base::YamlNode& node, Item& item);
  void part_targets(std::string_view prefix, const base::YamlNode& at, Item& item);

  std::optional<model::Value> constant(const base::YamlNode& node);
  void register_selectors();

  const EcsTypes& types_;
  base::Diagnostics& diagnostics_;
  Program program_;
  std::set<std::string, std::less<>> names_;
  std::string file_;
  std::uint16_t none_ = 0;  // of the mapping being compiled
};

// Texts and lists that live as long as the process, each text once: events that carry a constant may outlive
// the mapping that wrote it. Thread safe.
std::string_view permanent(std::string_view text);
model::Value permanent_list(const std::vector<model::Value>& values);

}  // namespace vedette::normalize
