import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CodedError, Dataset } from '@spikefit/contracts';
import { listDatasets } from '@spikefit/specification';
import { Type } from 'typebox';
import { json, problems } from '../schemas/answers.ts';
import { pathParameters } from '../schemas/parameters.ts';

/** The data sets that a job may train and test on. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/datasets',
    {
      config: { access: 'datasets:read' },
      schema: {
        operationId: 'listDatasets',
        summary: 'List the data sets',
        tags: ['catalogues'],
        response: { 200: json('All data sets.', Type.Object({ data: Type.Array(Dataset) })), ...problems() },
      },
    },
    async () => ({ data: listDatasets() }),
  );

  app.get(
    '/datasets/:datasetId',
    {
      config: { access: 'datasets:read' },
      schema: {
        operationId: 'getDataset',
        summary: 'Show a data set',
        tags: ['catalogues'],
        params: pathParameters({ datasetId: Type.String({ examples: ['fashion-mnist'] }) }),
        response: { 200: json('The data set.', Dataset), ...problems('resource.not-found') },
      },
    },
    async (request) => {
      const dataset = listDatasets().find(({ id }) => id === request.params.datasetId);
      if (dataset === undefined)
        throw new CodedError('resource.not-found', 'there is no data set with this id');
      return dataset;
    },
  );
};
export default routes;
