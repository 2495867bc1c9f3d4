#include "vedette/detect/taxonomy.hpp"

#include <algorithm>
#include <numeric>

#include "vedette/base/text.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::detect {
namespace {

using base::YamlNode;

class Reader {
 public:
  Reader(std::string_view file, base::Diagnostics& diagnostics) : file_(file), diagnostics_(diagnostics) {}

  // The items of all documents, each of which is a list of maps.
  std::vector<YamlNode> items(std::string_view text) {
    base::YamlStream stream = base::parse_yaml(text, file_);
    diagnostics_.insert(diagnostics_.end(), stream.diagnostics.begin(), stream.diagnostics.end());
    std::vector<YamlNode> all;
    for (YamlNode& document : stream.documents) {
      for (YamlNode& item : document.items) {
        if (item.is_mapping()) {
          all.push_back(std::move(item));
        } else {
          error(item, "expected a map of product, category, service and more");
        }
      }
    }
    return all;
  }

  model::LogSource log_source(const YamlNode& node) {
    return {std::string(node.text("category")), std::string(node.text("product")),
            std::string(node.text("service"))};
  }

  std::vector<RouteTest> tests(const YamlNode& node) {
    std::vector<RouteTest> all;
    if (!node.is_mapping()) error(node, "expected a map of field: value");
    for (const auto& [key, value] : node.entries) {
      if (key.scalar == "exists") {
        for (const std::string& field : node.texts("exists")) all.push_back({field, {}});
      } else if (key.scalar == "missing") {
        for (const std::string& field : node.texts("missing")) all.push_back({field, {}, true});
      } else {
        all.push_back({key.scalar, node.texts(key.scalar)});
        if (all.back().values.empty()) error(value, "expected a value or a list of values");
      }
    }
    return all;
  }

  void sources(const YamlNode& node, std::vector<FieldSource>& out) {
    if (node.is_sequence()) {
      for (const YamlNode& item : node.items) sources(item, out);
    } else if (node.is_scalar()) {
      out.push_back({FieldSource::Kind::name, {node.scalar}, {}, {}});
    } else if (node.find("join")) {
      out.push_back({FieldSource::Kind::join, node.texts("join"), std::string(node.text("with")), {}});
    } else if (node.find("hashes_of")) {
      out.push_back({FieldSource::Kind::hashes, node.texts("hashes_of"), {}, {}});
    } else if (const YamlNode* map = node.find("map"); map && node.find("from")) {
      FieldSource source{FieldSource::Kind::map, {std::string(node.text("from"))}, {}, {}};
      for (const auto& [from, to] : map->entries) source.values.emplace_back(from.scalar, to.scalar);
      out.push_back(std::move(source));
    } else {
      error(node, "expected a field name, {join, with}, {hashes_of} or {from, map}");
    }
  }

 private:
  void error(const YamlNode& node, std::string message) {
    diagnostics_.push_back(
        {base::Severity::error, std::string(file_), node.span, "bad-value", std::move(message), {}});
  }

  std::string_view file_;
  base::Diagnostics& diagnostics_;
};

bool part_agrees(const std::string& wanted, const std::string& given) {
  return wanted.empty() || wanted == given;
}

}  // namespace

Taxonomy read_taxonomy(std::string_view log_sources_yaml, std::string_view sigma_fields_yaml,
                       base::Diagnostics& diagnostics) {
  Taxonomy taxonomy;
  Reader log_sources("log_sources.yml", diagnostics);
  for (const YamlNode& item : log_sources.items(log_sources_yaml)) {
    LogSourceEntry entry{log_sources.log_source(item), {}};
    if (const YamlNode* when = item.find("when"); when && when->is_sequence()) {
      for (const YamlNode& one : when->items) entry.alternatives.push_back(log_sources.tests(one));
    } else if (when) {
      entry.alternatives.push_back(log_sources.tests(*when));
    }
    taxonomy.log_sources.push_back(std::move(entry));
  }
  Reader fields("sigma_fields.yml", diagnostics);
  for (const YamlNode& item : fields.items(sigma_fields_yaml)) {
    FieldSection section{fields.log_source(item), {}};
    if (const YamlNode* map = item.find("fields")) {
      for (const auto& [name, spec] : map->entries) {
        FieldAlias alias{name.scalar, {}};
        fields.sources(spec, alias.sources);
        section.aliases.push_back(std::move(alias));
      }
    }
    taxonomy.fields.push_back(std::move(section));
  }
  return taxonomy;
}

bool belongs(const model::LogSource& wanted, const Taxonomy& taxonomy,
             const std::vector<std::uint16_t>& present) {
  const auto met = [&](auto&& part) {
    return std::any_of(present.begin(), present.end(), [&](std::uint16_t at) {
      const model::LogSource& source = taxonomy.log_sources[at].source;
      return part_agrees(wanted.product, source.product) && part(source);
    });
  };
  if (!wanted.category.empty() && !met([&](const auto& s) { return s.category == wanted.category; }))
    return false;
  if (!wanted.service.empty() && !met([&](const auto& s) { return s.service == wanted.service; }))
    return false;
  if (wanted.category.empty() && wanted.service.empty() && !wanted.product.empty()) {
    return met([](const auto&) { return true; });
  }
  return true;
}

bool any_source(const model::LogSource& wanted, const Taxonomy& taxonomy) {
  std::vector<std::uint16_t> all(taxonomy.log_sources.size());
  std::iota(all.begin(), all.end(), std::uint16_t{0});
  return belongs(wanted, taxonomy, all);
}

}  // namespace vedette::detect
