#include <algorithm>

#include "mapping/compile.hpp"
#include "mapping/execute.hpp"
#include "vedette/normalize/mapping.hpp"

namespace vedette::normalize {
namespace {

// Data of the same folder that is not for this engine.
bool is_other_data(std::string_view name) {
  const std::size_t slash = name.find_last_of("/\\");
  if (slash != std::string_view::npos) name.remove_prefix(slash + 1);
  return name == "log_sources.yml" || name == "sigma_fields.yml";
}

}  // namespace

struct MappingSet::Impl {
  Program program;
};

MappingSet::MappingSet() : impl_(std::make_unique<Impl>()) {}
MappingSet::~MappingSet() = default;

std::unique_ptr<MappingSet> MappingSet::load(const std::vector<MappingFile>& files,
                                             base::Diagnostics& diagnostics) {
  struct Parsed {
    const std::string* file;
    base::YamlStream stream;
  };
  std::vector<Parsed> parsed;
  EcsTypes types;
  for (const MappingFile& file : files) {
    if (is_other_data(file.name)) continue;
    parsed.push_back({&file.name, base::parse_yaml(file.text, file.name)});
    auto& found = parsed.back().stream.diagnostics;
    diagnostics.insert(diagnostics.end(), found.begin(), found.end());
    for (const base::YamlNode& document : parsed.back().stream.documents) {
      if (EcsTypes::is_types_document(document)) types.load(document, file.name, diagnostics);
    }
  }
  std::stable_sort(parsed.begin(), parsed.end(),
                   [](const Parsed& a, const Parsed& b) { return *a.file < *b.file; });
  Compiler compiler(types, diagnostics);
  for (const Parsed& one : parsed) {
    for (const base::YamlNode& document : one.stream.documents) {
      if (document.is_null() || EcsTypes::is_types_document(document)) continue;
      compiler.add(document, *one.file);
    }
  }
  std::unique_ptr<MappingSet> set(new MappingSet);
  set->impl_->program = compiler.finish();
  return set;
}

void MappingSet::apply(model::BatchBuilder& builder) const {
  thread_local Scratch scratch;
  Execution(impl_->program, builder, scratch).run();
}

std::size_t MappingSet::size() const {
  return impl_->program.mappings.size();
}

}  // namespace vedette::normalize
