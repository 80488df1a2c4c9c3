<?php

declare(strict_types=1);

namespace Drupal\background_agents\Quick;

use Drupal\background_agents\Database\Transactions;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\background_agents\Ui\Workflows;
use Drupal\Core\KeyValueStore\KeyValueExpirableFactoryInterface;
use Drupal\Core\Lock\LockBackendInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Symfony\Component\DependencyInjection\Attribute\Autowire;

/**
 * Makes all of a plan, or nothing of it.
 *
 * @internal
 */
final class QuickMaker {

  use StringTranslationTrait;

  private const string LOCK = 'background_agents:quick';

  /**
   * Longer than it takes to save it all.
   */
  private const int LOCK_SECONDS = 30;

  /**
   * Where it is kept which press of the button made which agent, and how long.
   */
  private const string STORE = 'background_agents_quick';
  private const int REMEMBERED = 86400;

  public function __construct(
    #[Autowire(service: 'keyvalue.expirable')]
    private readonly KeyValueExpirableFactoryInterface $keyValue,
    private readonly Transactions $transactions,
    private readonly QuickAgent $agents,
    private readonly QuickPlanner $planner,
    private readonly AccountMaker $maker,
    private readonly Workflows $workflows,
    private readonly RememberedConfig $remembered,
    #[Autowire(service: 'lock')]
    private readonly LockBackendInterface $lock,
  ) {}

  /**
   * The agent that was made by the same press of the button; NULL: none.
   */
  public function earlier(string $key): ?Agent {
    $id = $this->keyValue->get(self::STORE)->get($key);
    return is_string($id) ? Agent::load($id) : NULL;
  }

  /**
   * Makes what a person saw, and nothing else.
   *
   * Twice the same key is a second click, which makes nothing more.
   *
   * @param \Drupal\background_agents\Quick\QuickChoice $choice
   *   What was chosen.
   * @param string $seen
   *   The hash of the plan that was shown.
   * @param string $key
   *   Tells one press of the button from another.
   *
   * @return \Drupal\background_agents\Entity\Agent
   *   The agent.
   *
   * @throws \Drupal\background_agents\Quick\QuickRefused
   *   When nothing was made, with a sentence.
   */
  public function make(QuickChoice $choice, string $seen, string $key): Agent {
    if (!$this->lock->acquire(self::LOCK, self::LOCK_SECONDS) && ($this->lock->wait(self::LOCK, self::LOCK_SECONDS) || !$this->lock->acquire(self::LOCK, self::LOCK_SECONDS))) {
      $this->refuse($this->t('Somebody else makes an agent at this moment. Save once more.'));
    }
    try {
      // What was read before may be older than what another process has made.
      $this->remembered->forget();
      return $this->earlier($key) ?? $this->makeAlone($choice, $seen, $key);
    }
    finally {
      $this->lock->release(self::LOCK);
    }
  }

  private function makeAlone(QuickChoice $choice, string $seen, string $key): Agent {
    if ($choice->label !== '' && $this->agents->isTaken($choice->label)) {
      $this->refuse($this->t('There is an agent with the name %label already. Choose another name.', ['%label' => $choice->label]));
    }
    $plan = $this->planner->plan($choice);
    if (!hash_equals($plan->hash(), $seen)) {
      $this->refuse($this->t('What will be made has changed since the page was shown. Look at it again, then save.'));
    }
    $made = FALSE;
    try {
      $agent = $this->transactions->run(fn (): Agent => $this->makeAll($choice, $plan));
      $made = TRUE;
      $this->keyValue->get(self::STORE)->setWithExpire($key, (string) $agent->id(), self::REMEMBERED);
      return $agent;
    }
    finally {
      if (!$made) {
        $this->remembered->forget();
      }
    }
  }

  private function refuse(TranslatableMarkup $sentence): never {
    throw new QuickRefused($sentence);
  }

  private function makeAll(QuickChoice $choice, QuickPlan $plan): Agent {
    $content = $choice->content;
    if ($plan->addsToWorkflow) {
      $this->workflows->add($choice->workflow, $content->entityType, $content->bundle);
    }
    $agent = $this->agents->agent($choice);
    $agent->setStatus($plan->works);
    if ($plan->permissions !== NULL) {
      $this->maker->create($agent, $plan->permissions, $plan->new);
    }
    $agent->save();
    $this->agents->trigger($choice, $agent)?->setStatus($plan->works)->save();
    foreach ($plan->grants as $id => $permissions) {
      $this->maker->give((string) $id, $permissions, $plan->new);
    }
    return $agent;
  }

}
