/** The distributed cache; the build says where its modules come from (cluster/*-source.ts). */

export * from '../cluster/main.js';
