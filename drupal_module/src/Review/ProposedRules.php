<?php

declare(strict_types=1);

namespace Drupal\background_agents\Review;

use Drupal\background_agents\Entity\Agent;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\Database\Connection;
use Drupal\Core\Database\Statement\FetchAs;
use Drupal\Core\Session\AccountInterface;

/**
 * Rules that reviewers propose for agents, until an administrator decides.
 *
 * A proposal changes nothing: what each run is told is in the agent. All SQL of
 * its table.
 *
 * @internal
 */
final class ProposedRules {

  private const TABLE = 'background_agents_proposed_rule';

  /**
   * Characters of a rule, as configuration takes them.
   */
  private const LONGEST = 1000;

  /**
   * Proposals that an agent keeps; the oldest go.
   */
  private const MOST = 100;

  public function __construct(
    private readonly Connection $database,
    private readonly TimeInterface $time,
    private readonly AccountInterface $currentUser,
  ) {}

  /**
   * Proposes what the current user said as a rule of an agent.
   */
  public function propose(string $agent, string $text): void {
    $rule = mb_substr(trim((string) preg_replace('/\s+/u', ' ', $text)), 0, self::LONGEST);
    if ($rule === '' || in_array($rule, array_column($this->of($agent), 'text'), TRUE)) {
      return;
    }
    $this->database->insert(self::TABLE)->fields([
      'agent' => $agent,
      'text' => $rule,
      'created' => $this->time->getCurrentTime(),
      'uid' => (int) $this->currentUser->id(),
      'name' => $this->currentUser->getAccountName(),
    ])->execute();
    $this->drop(array_slice(array_column($this->of($agent), 'id'), 0, -self::MOST));
  }

  /**
   * What was proposed for an agent, oldest first.
   *
   * @return list<\Drupal\background_agents\Review\ProposedRule>
   *   Proposals.
   */
  public function of(string $agent): array {
    $rows = $this->database->select(self::TABLE, 'p')->fields('p')->condition('agent', $agent)->orderBy('id')->execute()->fetchAll();
    return array_map(static fn (\stdClass $row): ProposedRule => new ProposedRule((int) $row->id, $row->text, $row->name, (int) $row->created), $rows);
  }

  /**
   * Forgets proposals that were decided about.
   *
   * @param int[] $ids
   *   Their ids.
   */
  public function drop(array $ids): void {
    if ($ids !== []) {
      $this->database->delete(self::TABLE)->condition('id', $ids, 'IN')->execute();
    }
  }

  /**
   * Forgets what was proposed for an agent that is deleted.
   */
  public function forget(Agent $agent): void {
    $this->database->delete(self::TABLE)->condition('agent', $agent->id())->execute();
  }

  /**
   * Rules that a person proposed, the oldest first.
   *
   * @return array<array<string, mixed>>
   *   `created` and `text`.
   */
  public function ofPerson(int $uid): array {
    return $this->database->select(self::TABLE, 's')->fields('s', ['created', 'text'])->condition('uid', $uid)->orderBy('id')->execute()->fetchAll(FetchAs::Associative);
  }

  /**
   * Puts a pseudonym in the place of an account.
   */
  public function erase(int $uid, string $pseudonym): void {
    $this->database->update(self::TABLE)->fields(['uid' => NULL, 'name' => $pseudonym])->condition('uid', $uid)->execute();
  }

}
