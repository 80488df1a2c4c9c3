<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Agent;

use Drupal\background_agents\Agent\AccountMarks;
use Drupal\background_agents\Agent\AccountProvider;
use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Ui\AccountMaker;
use Drupal\Core\Entity\Element\EntityAutocomplete;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Link;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\Url;
use Drupal\user\RoleInterface;
use Drupal\user\UserInterface;

/**
 * The role that the agent acts in, and its account on this site.
 *
 * @internal
 */
final class AccountPart implements AgentFormPartInterface {

  use StringTranslationTrait;

  public function __construct(
    private readonly AgentAccounts $accounts,
    private readonly AccountMaker $maker,
    private readonly AccountInterface $currentUser,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly AccountMarks $marks,
    private readonly AccountProvider $provider,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(Agent $agent, FormStateInterface $form_state): array {
    $form_state->set('background_agents_agent', $agent->id());
    $may_create = $this->maker->access($this->currentUser)->isAllowed();
    $by_hand = ['visible' => [':input[name="account[create]"]' => ['checked' => FALSE]]];
    return [
      '#title' => $this->t('Account'),
      '#weight' => 30,
      'create' => [
        '#type' => 'checkbox',
        '#title' => $agent->getRole() === NULL ? $this->t('Create an account and a role for this agent') : $this->t('Create a new account and role for this agent'),
        '#description' => $may_create
          ? $this->t('The role is marked as agent role and gets exactly the permissions that the tab "Content" asks for. The account has no password: nobody can log in with it.')
          : $this->t('This needs the permissions to administer users and permissions.'),
        '#default_value' => $agent->isNew() && $may_create,
        '#disabled' => !$may_create,
      ],
      'role' => $this->role($agent) + ['#states' => $by_hand],
      'account' => $this->account($agent) + ['#states' => $by_hand],
      'add_permissions' => $this->addPermissions($agent) + ['#states' => $by_hand],
      'links' => $this->links($this->accounts->accountOf($agent)),
    ];
  }

  /**
   * The role: part of the configuration, the same on each site.
   */
  private function role(Agent $agent): array {
    $roles = $this->entityTypeManager->getStorage('user_role')->loadMultiple($this->accounts->agentRoles());
    return [
      '#type' => 'select',
      '#title' => $this->t('Agent role'),
      '#description' => $this->t('What the agent may do. Roles that are marked as agent role are offered. The role is deployed with the configuration of the agent; its account is made on each site.'),
      '#options' => array_map(static fn (RoleInterface $role): string => (string) $role->label(), $roles),
      '#empty_option' => $this->t('- None -'),
      '#default_value' => $agent->getRole(),
    ];
  }

  /**
   * The account: of this site only, no part of the configuration.
   */
  private function account(Agent $agent): array {
    $roles = $this->accounts->agentRoles();
    return [
      '#type' => 'entity_autocomplete',
      '#title' => $this->t('Acts on this site as'),
      '#description' => $this->t('What the agent does is done by this account, with its permissions, and is shown under its name. Accounts with an agent role are offered; nobody can log in with such an account. Empty: one is made.'),
      '#target_type' => 'user',
      '#selection_settings' => [
        'include_anonymous' => FALSE,
        'filter' => [
          'type' => 'role',
          'role' => $roles === [] ? ['background_agents_none' => 'background_agents_none'] : array_combine($roles, $roles),
        ],
      ],
      // Whoever is typed is looked up: validate() says why it cannot be.
      '#element_validate' => [[self::class, 'lookUp']],
      '#default_value' => $this->accounts->accountOf($agent),
    ];
  }

  /**
   * Element validation: finds the account that was chosen or typed.
   */
  public static function lookUp(array &$element, FormStateInterface $form_state): void {
    $text = trim((string) $element['#value']);
    if ($text === '') {
      $form_state->setValueForElement($element, NULL);
      return;
    }
    $storage = \Drupal::entityTypeManager()->getStorage('user');
    $id = EntityAutocomplete::extractEntityIdFromAutocompleteInput($text);
    $found = $id === NULL ? $storage->loadByProperties(['name' => $text]) : array_filter([$storage->load($id)]);
    if ($found === []) {
      $form_state->setError($element, t('There is no account %name. Choose one of those that are offered, or leave this empty to have one made.', ['%name' => $text]));
      return;
    }
    $form_state->setValueForElement($element, reset($found)->id());
  }

  /**
   * Offers to give the agent's role what it lacks.
   */
  private function addPermissions(Agent $agent): array {
    $missing = $agent->getRole() === NULL ? [] : $this->maker->missing($agent);
    return [
      '#type' => 'checkbox',
      '#title' => $this->t('Give the role the permissions that the content of this agent asks for'),
      '#description' => $missing === []
        ? $this->t('At the moment nothing is missing. Check this when you add content on the tab "Content".')
        : $this->t('At the moment missing: @names', ['@names' => implode(', ', $missing)]),
      '#access' => $this->maker->access($this->currentUser)->isAllowed(),
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
    $account = empty($values['create']) && !empty($values['account']) ? $this->entityTypeManager->getStorage('user')->load($values['account']) : NULL;
    if (!$account instanceof UserInterface) {
      return;
    }
    $role = $this->entityTypeManager->getStorage('user_role')->load((string) $values['role']);
    $refusal = $this->accounts->refusal($account);
    if ($refusal !== NULL) {
      $form_state->setError($form['account'], $this->t('@problem', ['@problem' => $refusal]));
    }
    elseif ($role === NULL) {
      $form_state->setError($form['role'], $this->t('Choose the agent role in which %account works for this agent.', ['%account' => $account->getAccountName()]));
    }
    elseif (!$account->hasRole($role->id()) && !in_array($form_state->get('background_agents_agent'), $this->marks->agents((int) $account->id()), TRUE)) {
      $form_state->setError($form['account'], $this->t('The account %account does not have the role %role. Choose another account, give it the role, or leave this empty to have one made.', [
        '%account' => $account->getAccountName(),
        '%role' => $role->label(),
      ]));
    }
  }

  /**
   * Refuses to hand on what the acting person may not do.
   */
  public function validateRights(Agent $agent, array $form, FormStateInterface $form_state): void {
    $values = (array) $form_state->getValue('account');
    $beyond = empty($values['create']) && empty($values['add_permissions']) ? [] : $this->maker->beyond($agent);
    if ($beyond !== []) {
      $form_state->setError($form[empty($values['create']) ? 'add_permissions' : 'create'], $this->t('You cannot give an agent permissions that you lack yourself: @names.', ['@names' => implode(', ', $beyond)]));
    }
  }

  /**
   * {@inheritdoc}
   */
  public function apply(Agent $agent, FormStateInterface $form_state): void {
    if (!$form_state->getValue(['account', 'create'])) {
      $agent->set('role', $form_state->getValue(['account', 'role']) ?: NULL);
    }
  }

  /**
   * Makes or assigns the account, before the agent is saved.
   *
   * @return array<int, mixed>
   *   What was done, in sentences.
   */
  public function provide(Agent $agent, FormStateInterface $form_state): array {
    $values = (array) $form_state->getValue('account');
    $may_create = $this->maker->access($this->currentUser)->isAllowed();
    if ($may_create && !empty($values['create'])) {
      $beyond = $this->maker->beyond($agent);
      if ($beyond !== []) {
        // Only now, by a workflow that was chosen for the content just before.
        return [$this->t('No account has been made. You cannot give an agent permissions that you lack yourself: @names.', ['@names' => implode(', ', $beyond)])];
      }
      $account = $this->maker->create($agent);
      return [$this->t('The account %name and its role have been made. It has no password.', ['%name' => $account->getAccountName()])];
    }
    $told = [];
    $before = $this->accounts->accountOf($agent);
    $account = empty($values['account']) ? NULL : $this->entityTypeManager->getStorage('user')->load($values['account']);
    if ($account instanceof UserInterface && $before?->id() !== $account->id()) {
      $this->marks->assign($agent, $account);
    }
    elseif ($account === NULL) {
      $this->marks->forget((string) $agent->id());
    }
    $acting = $this->provider->provide($agent);
    if ($acting !== NULL && $acting->id() !== $before?->id()) {
      $told[] = $this->t('The agent acts as the account %name on this site.', ['%name' => $acting->getAccountName()]);
    }
    $added = $may_create && !empty($values['add_permissions']) ? $this->maker->grantMissing($agent) : [];
    if ($added !== []) {
      $told[] = $this->t('Added to the role of the agent: @names.', ['@names' => implode(', ', $added)]);
    }
    return $told;
  }

}
