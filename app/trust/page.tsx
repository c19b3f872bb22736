import { TrustPage } from '../lan/TrustPage.tsx';

export default function Page() {
  return <TrustPage />;
}
