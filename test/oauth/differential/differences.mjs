// What ours answers otherwise than the certified oidc-provider 9.13.3, and why.

export const REASONS = {};

// Each is a request, what the certified provider answers, what ours does, and the reason.
export const DIFFERENCES = [];
