// How sure each format is of one record.
#pragma once

#include <span>
#include <string_view>

namespace vedette::normalize {

// Fills scores[i] for all_formats()[i]. Of the JSON formats only the best gets one: the record is read once
// for all. Formats of binary files get none.
void score_formats(std::string_view record, std::span<int> scores);

}  // namespace vedette::normalize
