// The SQLite driver does what every Store driver must.
import { testStore } from '../contract/store.ts';
import { openStoreFolder } from './sqlite-folder.ts';

testStore('SQLite', () => openStoreFolder());
