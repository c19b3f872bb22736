import * as v from 'valibot';
import { AccessGrant, AccessLink, AccessRequest } from '../../../protocol/access.ts';
import { BandwidthReceipt } from '../../../protocol/bandwidth.ts';
import { LanInfo, PairGrant, PairRequest, PhoneLink, PhoneLinkRequest } from '../../../protocol/lan.ts';
import { ErrorBody, Prediction, ServerTime } from '../../../protocol/messages.ts';
import { ImportOptions, ImportState, Verification } from '../../../protocol/models.ts';
import { PointsLayout } from '../../../protocol/points.ts';
import { PrecisionReport } from '../../../protocol/precision.ts';
import { ProviderReport, ServedModel, ServedModelList } from '../../../protocol/providers.ts';
import { WireSentence } from '../../../protocol/sentence.ts';
import { ServerStatus } from '../../../protocol/status.ts';
import { Resample, Step, Steps } from '../../../protocol/steps.ts';
import {
  CollectionDetails,
  CollectionEmbedders,
  CollectionInfo,
  CollectionList,
  EmbedderChoice,
  SampleAdded,
  SampleMove,
  ThingRename,
} from '../../../protocol/things.ts';
import { Box, Point, Quad } from '../../../protocol/vocabulary.ts';
import { WordsRequest } from '../../../protocol/words.ts';
import { DeviceModel } from '../../../vision/deviceModel.ts';
import { GraphFile, Manifest, ModelInput } from '../../../vision/manifest.ts';
import { OwnTolerance } from '../../../vision/tasks/comparison.ts';
import { Golden } from '../../../vision/tasks/taskOf.ts';
import { AcceptRequest, RollbackRequest, SourceRequest } from '../modelRoutes.ts';

/** The schemas that the description names; what they hold is named by them, too. */
export const SCHEMAS = {
  ...{ AccessGrant, AccessLink, AccessRequest, AcceptRequest, BandwidthReceipt, DeviceModel, ErrorBody },
  ...{ Golden, ImportOptions, ImportState, LanInfo, Manifest, ModelInput, PairGrant, PairRequest },
  ...{ PhoneLink, PhoneLinkRequest, Prediction, RollbackRequest, ServerTime, SourceRequest, Verification },
  ...{ Steps, WordsRequest },
  ...{ CollectionDetails, CollectionInfo, CollectionList, SampleAdded, SampleMove, ThingRename },
  ...{ CollectionEmbedders, EmbedderChoice },
  // What stands in several of them is named to stand there once.
  ...{ Box, GraphFile, Point, PointsLayout, PrecisionReport, ProviderReport, Quad, Resample, Step },
  Tolerance: OwnTolerance,
  ModelDetails: ServedModel,
  ModelList: ServedModelList,
  ServerStatus,
  WireSentence,
  Health: v.object({ status: v.literal('alive') }),
  Readiness: v.object({
    ready: v.boolean(),
    /** Processes that run models. */
    workers: v.number(),
    /** `ID@VERSION` of those that serve. */
    models: v.array(v.string()),
  }),
} satisfies Record<string, v.GenericSchema>;

export type SchemaName = keyof typeof SCHEMAS;
