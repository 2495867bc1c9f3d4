// Mappings: how the fields of a source become ECS fields. They are data: content/mappings/*.yml, whose
// language is described in docs/formats/mapping.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/model/event.hpp"

namespace vedette::normalize {

struct MappingFile {
  std::string name;  // for diagnostics
  std::string_view text;
};

// Immutable after load; shared by all threads.
class MappingSet {
 public:
  // Mappings with errors are left out; `diagnostics` says which and why.
  static std::unique_ptr<MappingSet> load(const std::vector<MappingFile>& files,
                                          base::Diagnostics& diagnostics);
  ~MappingSet();

  // Adds derived ECS values to the open row of `builder`, and its time if a mapping names the field that
  // holds it.
  void apply(model::BatchBuilder& builder) const;

  std::size_t size() const;

 private:
  MappingSet();
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace vedette::normalize
