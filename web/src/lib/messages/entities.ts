export const entities = {
  "title": "Entities",
} as const;
