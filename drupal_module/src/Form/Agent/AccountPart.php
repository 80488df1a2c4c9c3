<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Link;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Drupal\user\UserInterface;

/**
 * The account that the agent acts as.
 */
final class AccountPart implements AgentFormPart {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentAccounts $accounts,
    private readonly AccountMaker $maker,
    private readonly AccountInterface $currentUser,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $account = $this->accounts->accountOf($agent);
    $roles = $this->accounts->agentRoles();
    $may_create = $this->maker->access($this->currentUser)->isAllowed();
    return [
      '#title' => $this->t('Account'),
      '#weight' => 30,
      'account' => [
        '#type' => 'entity_autocomplete',
        '#title' => $this->t('Acts as'),
        '#description' => $this->t('What the agent does is done by this account, with its permissions, and is shown under its name. Accounts with an agent role are offered. Such an account cannot log in or be used otherwise.'),
        '#target_type' => 'user',
        '#selection_settings' => [
          'include_anonymous' => FALSE,
          'filter' => ['type' => 'role', 'role' => $roles === [] ? ['background_agents_none' => 'background_agents_none'] : array_combine($roles, $roles)],
        ],
        '#default_value' => $account,
        '#states' => ['visible' => [':input[name="account[create]"]' => ['checked' => FALSE]]],
      ],
      'create' => [
        '#type' => 'checkbox',
        '#title' => $account === NULL ? $this->t('Create an account and a role for this agent') : $this->t('Create a new account and role for this agent'),
        '#description' => $may_create
          ? $this->t('The role is marked as agent role and gets exactly the permissions that the tab "Content" asks for. The account has no password: nobody can log in with it.')
          : $this->t('This needs the permissions to administer users and permissions.'),
        '#default_value' => $agent->isNew() && $may_create && $roles === [],
        '#disabled' => !$may_create,
      ],
      'add_permissions' => $this->addPermissions($agent, $account),
      'links' => $this->links($account),
    ];
  }

  /**
   * Offers to give the agent's role what it lacks.
   */
  private function addPermissions(Agent $agent, ?UserInterface $account): array {
    $missing = $account === NULL ? [] : $this->maker->missing($agent, $account);
    return [
      '#type' => 'checkbox',
      '#title' => $this->t('Give the role of this account the permissions that the content of this agent asks for'),
      '#description' => $missing === []
        ? $this->t('At the moment nothing is missing. Check this when you add content on the tab "Content".')
        : $this->t('At the moment missing: @names', ['@names' => implode(', ', $missing)]),
      '#access' => $account !== NULL && $this->maker->access($this->currentUser)->isAllowed(),
      '#states' => ['visible' => [':input[name="account[create]"]' => ['checked' => FALSE]]],
    ];
  }

  /**
   * Links to the account and its permissions.
   */
  private function links(?UserInterface $account): array {
    $links = [];
    if ($account?->access('view')) {
      $links[] = $account->toLink($this->t('View the account'))->toRenderable();
    }
    $url = Url::fromRoute('user.admin_permissions');
    if ($url->access()) {
      $links[] = Link::fromTextAndUrl($this->t('Permissions of all roles'), $url)->toRenderable();
    }
    return ['#theme' => 'item_list', '#items' => $links, '#access' => $links !== []];
  }

  /**
   * {@inheritdoc}
   */
  public function validate(array $form, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('account');
    if (!empty($values['create']) || empty($values['account'])) {
      return;
    }
    $account = $this->entityTypeManager->getStorage('user')->load($values['account']);
    $refusal = $account instanceof UserInterface ? $this->accounts->refusal($account) : NULL;
    if ($refusal !== NULL) {
      // phpcs:ignore Drupal.Semantics.FunctionT.NotLiteralString
      $form_state->setError($form['account'], $this->t('@problem', ['@problem' => $refusal]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    $id = $form_state->getValue(['account', 'account']);
    $account = $id ? $this->entityTypeManager->getStorage('user')->load($id) : NULL;
    $agent->set('account', $account?->uuid());
  }

}
