// `action: global | repeat | reset` of multi-document rule files.
#pragma once

#include "sigma/report.hpp"
#include "vedette/base/yaml.hpp"

namespace vedette::detect::sigma {

// Feeds documents in file order; not thread safe.
class ActionMerger {
 public:
  enum class Outcome { document, consumed, refused };

  // Merges what earlier documents left into `document`, a map. `consumed`: it only changes what follows.
  // A document's own keys win over those of the global one.
  Outcome merge(base::YamlNode& document, Reporter& report);

 private:
  bool spend(std::size_t nodes, base::SourceSpan at, Reporter& report);

  base::YamlNode global_, previous_;
  std::size_t global_nodes_ = 0, previous_nodes_ = 0, spent_ = 0;
  bool used_ = false;
};

}  // namespace vedette::detect::sigma
