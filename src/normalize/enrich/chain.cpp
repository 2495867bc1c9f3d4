#include <utility>

#include "enrich/extending.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

// Neighbours that are of this module share one extender; others get whole batches.
class EnricherChain final : public Enricher {
 public:
  explicit EnricherChain(std::vector<std::shared_ptr<const Enricher>> links) {
    for (auto& link : links) {
      if (!link) continue;
      const auto* extending = dynamic_cast<const Extending*>(link.get());
      links_.push_back({std::move(link), extending});
    }
  }

  std::shared_ptr<const model::EventBatch> enrich(
      std::shared_ptr<const model::EventBatch> batch) const override {
    if (batch->empty()) return batch;
    for (std::size_t at = 0; at < links_.size();) {
      if (!links_[at].extending) {
        batch = links_[at++].enricher->enrich(std::move(batch));
        continue;
      }
      model::BatchExtender extender(std::move(batch));
      for (; at < links_.size() && links_[at].extending; ++at) links_[at].extending->extend(extender);
      batch = extender.finish();
    }
    return batch;
  }

 private:
  struct Link {
    std::shared_ptr<const Enricher> enricher;
    const Extending* extending = nullptr;
  };
  std::vector<Link> links_;
};

}  // namespace

std::unique_ptr<Enricher> chain(std::vector<std::shared_ptr<const Enricher>> links) {
  return std::make_unique<EnricherChain>(std::move(links));
}

}  // namespace vedette::normalize
