// The ECS types of the fields that mappings write (content/mappings/ecs_types.yml).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::normalize {

// What the engine converts to; several ECS types behave alike.
enum class EcsType : std::uint8_t { text, integer, real, boolean, ip, date };

struct EcsField {
  EcsType type = EcsType::text;
  bool array = false;  // ECS wants a list, even of one
};

class EcsTypes {
 public:
  struct Related {
    std::string target;
    std::vector<std::string> sources;
  };

  // Whether a YAML document holds types (and no mapping).
  static bool is_types_document(const base::YamlNode& document);
  void load(const base::YamlNode& document, const std::string& file, base::Diagnostics& diagnostics);

  const EcsField* find(std::string_view name) const;
  // The known name that `name` was probably meant to be, or empty.
  std::string_view nearest(std::string_view name) const;
  const std::vector<Related>& related() const { return related_; }
  bool empty() const { return fields_.empty(); }

 private:
  void load_related(const base::YamlNode& node, const std::string& file, base::Diagnostics& diagnostics);

  std::unordered_map<std::string, EcsField> fields_;
  std::vector<Related> related_;
};

}  // namespace vedette::normalize
