/** Registers plain tfjs's `cpu` backend, without its advertisement on the terminal. */
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

tf.enableProdMode();
