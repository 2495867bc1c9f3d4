// Segments and blocks as if they had not got some fields.
#pragma once

#include <memory>

#include "segment.hpp"
#include "vedette/expr/hidden_fields.hpp"

namespace vedette::store::search {

using HiddenFieldsPtr = std::shared_ptr<const expr::HiddenFields>;

std::shared_ptr<const Segment> mask_segment(std::shared_ptr<const Segment> segment, HiddenFieldsPtr hidden);
std::unique_ptr<Block> mask_block(std::unique_ptr<Block> block, HiddenFieldsPtr hidden);

}  // namespace vedette::store::search
