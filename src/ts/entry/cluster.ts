/** The distributed cache; the build says where its modules come from (cluster/*-source.ts). */

// First of all, so that what is after the texts of the modules lies together: gzip looks back no
// further than half of one.
import '../cluster/client-source.js';
import '../cluster/node-source.js';

export * from '../cluster/main.js';
